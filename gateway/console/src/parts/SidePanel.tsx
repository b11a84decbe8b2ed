import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";

import { isAsked } from "./asked.ts";

type Props = {
  opened: boolean;
  title: ReactNode;
  onClose: () => void;
  size?: number;
  children: ReactNode;
};

/** What a row is about, beside its list: it takes the focus, gives it back, and closes on Escape. */
export function SidePanel({ opened, title, onClose, size = 560, children }: Props) {
  return (
    <Drawer
      opened={opened}
      onClose={() => {
        if (!isAsked()) onClose();
      }}
      title={title}
      position="right"
      size={size}
      styles={{ title: { fontWeight: 600, fontSize: 18 } }}
      transitionProps={{ duration: 0 }}
    >
      {children}
    </Drawer>
  );
}
