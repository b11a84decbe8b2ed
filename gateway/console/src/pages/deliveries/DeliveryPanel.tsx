import { ActionIcon, Drawer, Group, Title } from "@mantine/core";
import { ChevronDown, ChevronUp } from "lucide-react";
import { AnchorLink } from "../../parts/links.tsx";

import { DeliveryWhole } from "./DeliveryWhole.tsx";
import type { Row } from "./rows.ts";

type Props = {
  id: string | undefined;
  among: readonly Row[];
  onOpen: (id: string) => void;
  onClose: () => void;
};

/** A delivery beside the list. The arrows lead to those before and behind it there. */
export function DeliveryPanel({ id, among, onOpen, onClose }: Props) {
  const place = among.findIndex((row) => row.id === id);
  const [before, behind] = [among[place - 1], place < 0 ? undefined : among[place + 1]];
  return (
    <Drawer.Root opened={id !== undefined} onClose={onClose} position="right" size={620}>
      <Drawer.Overlay backgroundOpacity={0.18} />
      <Drawer.Content aria-label="Delivery">
        <Drawer.Header>
          <Group gap={6} style={{ flex: 1 }}>
            <Title order={2} size="h4">
              Delivery
            </Title>
            {id && (
              <AnchorLink to="/deliveries/$id" params={{ id }} size="sm" ml="xs">
                Open its page
              </AnchorLink>
            )}
          </Group>
          <Group gap={2} mr="xs">
            <Step to={before} label="The newer one" icon={ChevronUp} onOpen={onOpen} />
            <Step to={behind} label="The older one" icon={ChevronDown} onOpen={onOpen} />
          </Group>
          <Drawer.CloseButton aria-label="Close" />
        </Drawer.Header>
        <Drawer.Body>{id && <DeliveryWhole key={id} id={id} onReplayed={onOpen} />}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

type StepProps = {
  to: Row | undefined;
  label: string;
  icon: typeof ChevronUp;
  onOpen: (id: string) => void;
};

function Step({ to, label, icon: Icon, onOpen }: StepProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="md"
      aria-label={label}
      title={label}
      disabled={to === undefined}
      onClick={() => to && onOpen(to.id)}
    >
      <Icon size={18} aria-hidden="true" />
    </ActionIcon>
  );
}
