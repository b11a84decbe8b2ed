// Whether the server can be reached, as the last request found it.
type Listener = () => void;

let lost = false;
const listeners = new Set<Listener>();

export const connection = {
  isLost: () => lost,
  subscribe(listener: Listener) {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  found: () => set(false),
  lost: () => set(true),
  /** Resolves once the server is reached. */
  whenFound(): Promise<void> {
    if (!lost) return Promise.resolve();
    return new Promise((resolve) => {
      const leave = connection.subscribe(() => {
        leave();
        resolve();
      });
    });
  },
};

function set(now: boolean) {
  if (now === lost) return;
  lost = now;
  for (const listener of listeners) listener();
}
