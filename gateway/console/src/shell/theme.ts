import { createTheme, type MantineColorsTuple } from "@mantine/core";

const amber: MantineColorsTuple = [
  "#fff8eb",
  "#fef0cd",
  "#fde39b",
  "#fcd34d",
  "#fbbf24",
  "#f59e0b",
  "#d97706",
  "#b45309",
  "#92400e",
  "#78350f",
];

export const theme = createTheme({
  primaryColor: "amber",
  colors: { amber },
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: "md",
  fontFamily: "system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, monospace",
  headings: { fontWeight: "600" },
  cursorType: "pointer",
  respectReducedMotion: true,
});
