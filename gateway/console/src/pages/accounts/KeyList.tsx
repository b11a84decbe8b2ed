import { Group, Table, Text } from "@mantine/core";

import { WORDS } from "../../api/words.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { Tag, type Tone } from "../../parts/Tag.tsx";
import { When } from "../../parts/When.tsx";
import { spelled } from "../../parts/words.ts";
import classes from "./Account.module.css";
import { AddKey, type KeyGiven } from "./AddKey.tsx";
import { masked } from "./SettingsShown.tsx";
import type { StoredKey } from "./settings.ts";

type Props = {
  title: string;
  one: string;
  what: string;
  afterRemoval: string;
  hasSid: boolean;
  keys: readonly StoredKey[];
  onAdd: (given: KeyGiven) => Promise<unknown>;
  onPromote: (key: StoredKey) => Promise<unknown>;
  onRemove: (key: StoredKey) => Promise<unknown>;
};

const TONES: Record<StoredKey["state"], Tone> = { ACTIVE: "green", STANDBY: "amber", FAILED: "red" };

/** Keys of one kind: the one that is used, those beside it, and the next step of a rotation. */
export function KeyList(props: Props) {
  const { title, one, what, afterRemoval, hasSid, keys } = props;
  const step = stepOf(keys);
  return (
    <Panel title={title}>
      <Text size="sm" c="dimmed" mb="xs">
        {what} To rotate without a pause:
      </Text>
      <ol className={classes.steps}>
        <li data-current={step === 1} aria-current={step === 1 ? "step" : undefined}>
          Add a new one. The provider is asked whether it takes it; then it stands by.
        </li>
        <li data-current={step === 2} aria-current={step === 2 ? "step" : undefined}>
          Promote it: from then on it is the active one, and the old one stands by.
        </li>
        <li data-current={step === 3} aria-current={step === 3 ? "step" : undefined}>
          Remove the old one here. {afterRemoval}
        </li>
      </ol>
      {keys.length === 0 ? (
        <Text size="sm" mb="sm">
          There is none yet.
        </Text>
      ) : (
        <div style={{ overflowX: "auto" }}>
          <Table aria-label={title} verticalSpacing={7} mb="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{hasSid ? "SID" : "Token"}</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Set</Table.Th>
                <Table.Th ta="right">Next</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {keys.map((key) => (
                <Table.Tr key={key.id ?? key.sid}>
                  <Table.Td>
                    <span className={classes.mono}>{key.sid ?? masked(key.secret)}</span>
                    {key.label && (
                      <Text size="xs" c="dimmed">
                        {key.label}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Tag tone={TONES[key.state]} title={WORDS.KeyState[key.state]}>
                      {spelled(key.state)}
                    </Tag>
                  </Table.Td>
                  <Table.Td>{key.secret.setAt ? <When at={key.secret.setAt} /> : "not known"}</Table.Td>
                  <Table.Td>{key.state !== "ACTIVE" && <Steps {...props} stored={key} />}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <AddKey one={one} hasSid={hasSid} onAdd={props.onAdd} />
    </Panel>
  );
}

function Steps({ one, afterRemoval, stored, onPromote, onRemove }: Props & { stored: StoredKey }) {
  const name = stored.label ?? stored.sid ?? `the one that ends in ${stored.secret.lastFour ?? "?"}`;
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      {stored.state === "STANDBY" && (
        <ConfirmButton
          size="compact-sm"
          label="Promote"
          aria-label={`Promote ${name}`}
          onConfirm={() => onPromote(stored)}
        >
          <Text size="sm">
            The provider is asked once more whether it takes {name}. From the next request on it is the active{" "}
            {one}; the one before stands by until you remove it, and can be promoted back.
          </Text>
        </ConfirmButton>
      )}
      <ConfirmButton
        size="compact-sm"
        label="Remove"
        aria-label={`Remove ${name}`}
        danger
        onConfirm={() => onRemove(stored)}
      >
        <Text size="sm">
          {name} is forgotten here. {afterRemoval}
        </Text>
      </ConfirmButton>
    </Group>
  );
}

/** Which step of a rotation comes next: one that stands by was added after the active one, or is the one before. */
function stepOf(keys: readonly StoredKey[]): 1 | 2 | 3 {
  const active = keys.find((key) => key.state === "ACTIVE");
  const standby = keys.find((key) => key.state === "STANDBY");
  if (!standby) return 1;
  return (standby.secret.setAt ?? "") >= (active?.secret.setAt ?? "") ? 2 : 3;
}
