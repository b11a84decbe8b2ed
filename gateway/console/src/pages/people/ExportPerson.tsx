import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";

import { change } from "../../api/ask.ts";
import { download } from "../../api/download.ts";
import { Failure } from "../../parts/Failure.tsx";
import { ExportPersonDocument } from "./person.graphql.ts";

/** Has all that is held of a person kept as a file of JSON. */
export function ExportPerson({ id }: { id: string }) {
  const fetching = useMutation({
    mutationFn: async () => {
      const { contactExport } = await change(ExportPersonDocument, { input: { id } });
      if (contactExport.url) await download(contactExport.url, `${id}.json`);
    },
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<Download size={15} aria-hidden="true" />}
        loading={fetching.isPending}
        onClick={() => fetching.mutate()}
      >
        Export
      </Button>
      <Failure of={fetching.error} title="It could not be exported" />
    </>
  );
}
