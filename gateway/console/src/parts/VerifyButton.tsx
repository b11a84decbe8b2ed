import { Button, type ButtonProps } from "@mantine/core";
import { ChangeRefused } from "../api/ask.ts";
import { notify } from "../api/notices.ts";
import { useChange } from "../api/queries.ts";
import type { DestinationStatus } from "../api/schema.ts";
import { Failure } from "./Failure.tsx";
import { VerifyAccountDocument } from "./verifying.graphql.ts";

type Props = ButtonProps & {
  account: { id: string; name: string; status: DestinationStatus };
  "aria-label"?: string;
};

/** Has the provider asked whether the account works. What failed stands with the account itself. */
export function VerifyButton({ account, ...button }: Props) {
  const verify = useChange(VerifyAccountDocument, {
    onDone: () => notify({ message: `${account.name} is verified.`, color: "teal.8" }),
  });
  const isKnown = verify.error instanceof ChangeRefused && verify.errors.every(isOfCheck);
  return (
    <>
      <Button
        {...button}
        loading={verify.isRunning || account.status === "VERIFYING"}
        onClick={() => verify.run({ input: { id: account.id } })}
      >
        {account.status === "DRAFT" ? "Verify" : "Verify again"}
      </Button>
      {!isKnown && <Failure of={verify.error} />}
    </>
  );
}

// A check that failed is kept in lastVerification, which is shown.
const isOfCheck = ({ __typename }: { __typename: string }) => __typename === "ProviderError";
