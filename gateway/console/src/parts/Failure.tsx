import { Alert, Text } from "@mantine/core";

import { AnswerLost, ChangeRefused, RequestFailed } from "../api/ask.ts";
import { Remedy } from "./Remedy.tsx";
import { hasOperation } from "./remedies.ts";
import { Said } from "./Said.tsx";

type Wrong = { message: string; remedy?: string | null; where?: string; facts?: string };

/** What went wrong, and what to do; nothing where nothing did. `title` says what was not done, if that is known. */
export function Failure({ of: error, title }: { of: Error | null | undefined; title?: string }) {
  if (!error) return null;
  return (
    <Alert
      color="red"
      role="alert"
      title={error instanceof AnswerLost ? "Nobody knows whether it was done" : title}
      my="xs"
      variant="light"
    >
      {saidBy(error).map(({ message, remedy, where, facts }) => (
        <div key={`${message} ${where}`}>
          {hasOperation(message) ? (
            <Remedy of={message} isTitled={false} />
          ) : (
            <Text size="sm" fw={600} c="inherit">
              {where && `${where}: `}
              <Said of={message} />
            </Text>
          )}
          {remedy && <Remedy of={remedy} />}
          {facts && (
            <Text size="xs" c="inherit">
              {facts}
            </Text>
          )}
        </div>
      ))}
    </Alert>
  );
}

function saidBy(error: Error): Wrong[] {
  if (error instanceof ChangeRefused) {
    return error.errors.map((one) => ({
      message: one.message,
      where: one.path.join("."),
      remedy: one.__typename === "ProviderError" ? one.remedy : null,
    }));
  }
  if (error instanceof RequestFailed) {
    return error.problems.map(({ message, extensions }) => ({
      message,
      remedy: extensions?.remedy,
      facts: [extensions?.code, extensions?.requestId].filter(Boolean).join(" · "),
    }));
  }
  return [{ message: error.message }];
}
