import {
  createTheme,
  type DrawerProps,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type ModalProps,
  type NotificationProps,
  parseThemeColor,
  type SegmentedControlProps,
  type VariantColorsResolver,
} from "@mantine/core";

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

// Grey with a little blue in it, as all that is beside it in the dark scheme.
const dark: MantineColorsTuple = [
  "#d3dae4",
  "#b8c2d0",
  "#98a5b8",
  "#8b98ac",
  "#3a465a",
  "#2f394b",
  "#222a39",
  "#171d29",
  "#121721",
  "#0d1119",
];

// Mantine takes the text on a filled button from the light scheme's shade alone, which is white on yellow in the dark one.
const readable: VariantColorsResolver = (input) => {
  const resolved = defaultVariantColorsResolver(input);
  const { color, shade } = parseThemeColor({
    color: input.color ?? input.theme.primaryColor,
    theme: input.theme,
  });
  const isPrimary = color === input.theme.primaryColor && shade === undefined;
  return input.variant === "filled" && isPrimary
    ? { ...resolved, color: "var(--mantine-primary-color-contrast)" }
    : resolved;
};

// The head of a dialog is not a second head of the page.
const dialog = {
  attributes: { header: { role: "presentation" } },
  closeButtonProps: { "aria-label": "Close" },
  styles: { title: { fontWeight: 600, fontSize: 18 } },
};

export const theme = createTheme({
  primaryColor: "amber",
  colors: { amber, dark },
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  variantColorResolver: readable,
  defaultRadius: "md",
  fontFamily: "system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, monospace",
  headings: { fontWeight: "600" },
  cursorType: "pointer",
  respectReducedMotion: true,
  // By name and not with their `extend`, for which every page would have to load them.
  components: {
    Modal: { defaultProps: dialog satisfies Partial<ModalProps> },
    Drawer: { defaultProps: dialog satisfies Partial<DrawerProps> },
    Notification: {
      defaultProps: { closeButtonProps: { "aria-label": "Close" } } satisfies Partial<NotificationProps>,
    },
    // Its words fade from one colour to another even where somebody asks for less motion.
    SegmentedControl: { defaultProps: { transitionDuration: 0 } satisfies Partial<SegmentedControlProps> },
  },
});
