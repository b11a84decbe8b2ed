import { Table, Title } from "@mantine/core";

import type { Role } from "../../../api/request.ts";
import { WORDS } from "../../../api/words.ts";
import { Tag } from "../../../parts/Tag.tsx";
import { spelled } from "../../../parts/words.ts";
import { useViewer } from "../../../shell/viewer.ts";
import classes from "./Roles.module.css";

const ROLES: Role[] = ["VIEWER", "READER", "OPERATOR", "ADMIN"];

const MAY: { what: string; roles: Role[] }[] = [
  { what: "See deliveries, events, mappings and accounts", roles: ["VIEWER", "READER", "OPERATOR", "ADMIN"] },
  {
    what: "See numbers and texts in clear, look people up by number",
    roles: ["READER", "OPERATOR", "ADMIN"],
  },
  { what: "Edit mappings, record and import consent", roles: ["OPERATOR", "ADMIN"] },
  { what: "Pause, resume, replay and cancel", roles: ["OPERATOR", "ADMIN"] },
  { what: "Set up accounts and sources, make and revoke tokens", roles: ["ADMIN"] },
  { what: "Erase and export a person", roles: ["ADMIN"] },
];

/** What each role may do. */
export function Roles() {
  const { role: mine } = useViewer();
  return (
    <section aria-labelledby="roles">
      <Title order={2} size="h4" id="roles" mt="xl" mb="xs">
        What each role may do
      </Title>
      <div className={classes.scroll}>
        <Table
          aria-label="What each role may do"
          verticalSpacing={7}
          horizontalSpacing={5}
          className={classes.table}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th>It may</Table.Th>
              {ROLES.map((role) => (
                <Table.Th key={role} ta="center" title={WORDS.Role[role]}>
                  {spelled(role)}
                  {role === mine && (
                    <div>
                      <Tag tone="blue">You</Tag>
                    </div>
                  )}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {MAY.map(({ what, roles }) => (
              <Table.Tr key={what}>
                <Table.Td>{what}</Table.Td>
                {ROLES.map((role) => (
                  <Table.Td key={role} ta="center">
                    {roles.includes(role) ? "Yes" : <span className={classes.no}>No</span>}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
