/** The first field of the page whose text is none that it takes, and which told nothing of it: a number or JSON half written. */
export function unreadField(): HTMLElement | null {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    "#main input, #main textarea",
  );
  return [...fields].find(({ validity }) => validity.customError) ?? null;
}
