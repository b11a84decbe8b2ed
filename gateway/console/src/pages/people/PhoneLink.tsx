import { Button } from "@mantine/core";
import { Smartphone } from "lucide-react";

import type { Contact } from "./Person.tsx";

/** Where stand-ins for providers show this person's phone; nothing where the accounts are the providers' own. */
export function PhoneLink({ contact: { phonePages } }: { contact: Contact }) {
  return phonePages.map((address) => (
    <Button
      key={address}
      component="a"
      href={address}
      target="_blank"
      rel="noreferrer"
      variant="default"
      leftSection={<Smartphone size={15} aria-hidden="true" />}
    >
      Phone in the simulator
    </Button>
  ));
}
