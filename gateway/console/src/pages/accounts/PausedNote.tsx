import { When } from "../../parts/When.tsx";
import classes from "./Accounts.module.css";
import type { AccountStateFragment } from "./accounts.graphql.ts";

/** Since when an account is paused, by whom, and why. */
export function PausedNote({
  account: { pausedAt, pausedBy, pauseNote },
}: {
  account: Pick<AccountStateFragment, "pausedAt" | "pausedBy" | "pauseNote">;
}) {
  return (
    <div className={classes.paused}>
      Paused{" "}
      {pausedAt && (
        <>
          since <When at={pausedAt} />
        </>
      )}
      {pausedBy && ` by ${pausedBy}`}
      {pauseNote && `: ${pauseNote.replace(/[.\s]+$/, "")}`}
      {". What comes waits, and nothing is lost but what becomes too old for its mapping."}
    </div>
  );
}
