import { Alert, Text } from "@mantine/core";

import { AnswerLost, ChangeRefused, RequestFailed } from "../api/ask.ts";
import { Remedy } from "./Remedy.tsx";
import { hasOperation } from "./remedies.ts";
import { Said } from "./Said.tsx";
import { fieldInWords } from "./words.ts";

type Wrong = { message: string; remedy?: string | null; where?: string | null; facts?: string };

type Props = {
  of: Error | null | undefined;
  /** What was not done, if that is known. */
  title?: string;
  /** Those of the form, so that what is wrong with one stands beside its label. */
  fields?: readonly { key: string; label: string }[];
};

/** What went wrong, and what to do; nothing where nothing did. */
export function Failure({ of: error, title, fields }: Props) {
  if (!error) return null;
  return (
    <Alert
      color="red"
      role="alert"
      title={error instanceof AnswerLost ? "Nobody knows whether it was done" : title}
      my="xs"
      variant="light"
    >
      {saidBy(error, fields).map(({ message, remedy, where, facts }) => (
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

function saidBy(error: Error, fields: Props["fields"]): Wrong[] {
  if (error instanceof ChangeRefused) {
    return error.errors.map((one) => ({
      message: one.message,
      where: fieldInWords(one.path, fields),
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
