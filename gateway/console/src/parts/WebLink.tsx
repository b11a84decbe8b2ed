import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";

type Props = { to: string; className?: string; children: ReactNode };

/** An address that somebody else wrote: a link where it leads to a page of the web, and words where it does not. */
export function WebLink({ to, className, children }: Props) {
  if (!leadsToTheWeb(to)) return <span className={className}>{children}</span>;
  return (
    <Anchor href={to} target="_blank" rel="noreferrer" size="sm" className={className}>
      {children}
    </Anchor>
  );
}

function leadsToTheWeb(address: string): boolean {
  const protocol = URL.canParse(address) ? new URL(address).protocol : null;
  return protocol === "https:" || protocol === "http:";
}
