import { Button, Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useState } from "react";

import { lazily } from "../../../../parts/lazily.tsx";
import { isUnread } from "../reducer.ts";
import { useEditor } from "../useEditor.ts";

const Trial = lazily(() => import("./Trial.tsx"));

/** A drawer in which the mapping, as it stands in the form, is tried on what came. */
export function Backtest() {
  const { state, action } = useEditor();
  const [isOpen, { open, close }] = useDisclosure(false);
  // What was counted stays when the drawer is closed, so that one can look at the form and come back.
  const [isBegun, setBegun] = useState(false);

  function show() {
    setBegun(true);
    open();
  }

  return (
    <>
      <Button variant="default" onClick={show} disabled={action === null || isUnread(state)}>
        Backtest …
      </Button>
      <Drawer
        opened={isOpen}
        onClose={close}
        position="right"
        size="lg"
        title="Try it on what came"
        keepMounted
      >
        <Suspense>{isBegun && <Trial />}</Suspense>
      </Drawer>
    </>
  );
}
