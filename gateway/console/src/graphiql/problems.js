const REMEDIES_SHOWN = 10;

/**
 * What a response says went wrong, for a person: the errors of GraphQL, and those in the payloads of
 * mutations. Each is {message, remedy, facts}, the facts being short words: code, place, request.
 */
export function problemsOf(text) {
  const response = parsed(text);
  if (response === null) return [];
  const requestId = response.extensions?.requestId;
  return [
    ...(response.errors ?? []).map((error) => ofRequest(error, requestId)),
    ...Object.entries(response.data ?? {}).flatMap(([name, payload]) =>
      (payload?.errors ?? []).map((error) => ofPayload(name, error, requestId)),
    ),
  ];
}

/** The remedies that a response names, each once and as it is to be pasted: in JSON their quotes are escaped. */
export function remediesOf(text) {
  const found = new Set();
  collect(parsed(text)?.data ?? parsed(text)?.newestFirst, found);
  return [...found].slice(0, REMEDIES_SHOWN);
}

function collect(value, found) {
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "remedy" && typeof inner === "string") found.add(inner);
    // The errors of a payload are shown with theirs.
    else if (key !== "errors") collect(inner, found);
  }
}

function parsed(text) {
  try {
    const response = JSON.parse(text);
    return response !== null && typeof response === "object" ? response : null;
  } catch {
    return null;
  }
}

function ofRequest({ message, path, locations, extensions }, requestId) {
  const at = locations?.map(({ line, column }) => `line ${line}, column ${column}`)[0];
  const place = path?.length ? `at ${path.join(".")}` : at;
  return problem(message, extensions?.remedy, [
    extensions?.code,
    place,
    request(extensions?.requestId ?? requestId),
  ]);
}

function ofPayload(name, { message, code, path, remedy }, requestId) {
  const place = path?.length ? `${name}, at ${path.join(".")}` : name;
  return problem(message, remedy, [code, place, request(requestId)]);
}

const request = (id) => id && `request ${id}`;

const problem = (message, remedy, facts) => ({ message, remedy, facts: facts.filter(Boolean) });
