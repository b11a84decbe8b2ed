import { Title } from "@mantine/core";
import { createContext, type ReactNode, useContext, useId } from "react";

import classes from "./DeliveryWhole.module.css";

/** How deep the titles of the parts are: below that of a page, or of a panel on one. */
export const Depth = createContext<2 | 3>(3);

/** A part of what is known of a delivery. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <Title order={useContext(Depth)} size="h5" mb={8} id={id}>
        {title}
      </Title>
      {children}
    </section>
  );
}
