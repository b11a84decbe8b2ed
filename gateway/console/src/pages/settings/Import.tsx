import { Text } from "@mantine/core";
import { useState } from "react";

import type { JobPartsFragment } from "../../parts/jobs/jobs.graphql.ts";
import { useMay } from "../../shell/viewer.ts";
import { ApplyPlan } from "./importing/ApplyPlan.tsx";
import { GiveExport } from "./importing/GiveExport.tsx";
import type { ImportPlanMutation } from "./importing/importing.graphql.ts";
import { Made } from "./importing/Made.tsx";
import { PlanTables } from "./importing/PlanTables.tsx";
import { SettingsPage } from "./SettingsPage.tsx";

export type Plan = ImportPlanMutation["importPlan"];

/** Takes over what Segment had configured: the export, what becomes of it, and then that. */
export function Import() {
  const mayImport = useMay("ADMIN");
  const [plan, setPlan] = useState<Plan | null>(null);
  const [made, setMade] = useState<JobPartsFragment | null>(null);

  return (
    <SettingsPage title="Import from Segment">
      {!mayImport ? (
        <Text size="sm">An admin imports what Segment had configured.</Text>
      ) : made ? (
        <Made
          job={made}
          onAgain={() => {
            setMade(null);
            setPlan(null);
          }}
        />
      ) : (
        <>
          <GiveExport onPlan={setPlan} isAgain={plan !== null} />
          {plan && (
            <>
              <PlanTables items={plan.items} />
              <ApplyPlan key={plan.planId} plan={plan} onMade={setMade} />
            </>
          )}
        </>
      )}
    </SettingsPage>
  );
}
