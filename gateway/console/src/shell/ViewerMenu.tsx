import { Button, Menu, Text, useMantineColorScheme } from "@mantine/core";
import { CircleUser, LogOut, Monitor, Moon, Sun } from "lucide-react";

import { forgetToken } from "../api/token.ts";
import { useViewer } from "./viewer.ts";

/** Who is signed in, how the page looks, and the way out. */
export function ViewerMenu() {
  const viewer = useViewer();
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  function signOut() {
    // What was typed into GraphiQL may hold a secret, and goes along.
    sessionStorage.clear();
    forgetToken();
    location.assign("/");
    // A browser that shows this page again on the way back shows it as it was, with all that the token was allowed to see.
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  }

  const schemes = [
    { value: "light", name: "Light", icon: Sun },
    { value: "dark", name: "Dark", icon: Moon },
    { value: "auto", name: "As the system", icon: Monitor },
  ] as const;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<CircleUser size={18} aria-hidden="true" />}
          aria-label={`Signed in as ${viewer.name}, ${viewer.role.toLowerCase()}`}
          px="xs"
        >
          <Text span inherit visibleFrom="xs">
            {viewer.role.toLowerCase()}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {viewer.name}, {viewer.role.toLowerCase()} of space {viewer.space}
        </Menu.Label>
        {schemes.map(({ value, name, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} aria-hidden="true" />}
            rightSection={colorScheme === value ? "✓" : null}
            onClick={() => setColorScheme(value)}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} aria-hidden="true" />} onClick={signOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
