import { Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

import classes from "./DeliveryWhole.module.css";

/** A part of what is known of a delivery. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <Title order={3} size="h5" mb={8} id={id}>
        {title}
      </Title>
      {children}
    </section>
  );
}
