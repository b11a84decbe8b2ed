export type ConsentImportSearch = { job?: string };

/** Which import is shown. */
export const consentImportSearch = (search: Record<string, unknown>): ConsentImportSearch => ({
  job: typeof search.job === "string" && search.job !== "" ? search.job : undefined,
});
