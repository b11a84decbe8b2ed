import { Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../shell/viewer.ts";
import { ChooseFile } from "./ChooseFile.tsx";
import { OneImport } from "./OneImport.tsx";
import { PastImports } from "./PastImports.tsx";

const route = getRouteApi("/consent-import");

/** Takes over who agreed to be texted, and who did not: a file, what would come of it, and then that. */
export function ConsentImport() {
  const { job } = route.useSearch();
  const mayImport = useMay("OPERATOR");
  return (
    <Page isRead title="Consent import">
      {!mayImport ? (
        <Text size="sm">
          An operator or an admin imports consent. Your role only sees what people agreed to.
        </Text>
      ) : job ? (
        <OneImport key={job} id={job} />
      ) : (
        <>
          <ChooseFile />
          <PastImports />
        </>
      )}
    </Page>
  );
}
