import { createContext, useContext } from "react";

import type { Role, Viewer } from "../api/request.ts";

export const ViewerContext = createContext<Viewer | null>(null);

/** Who is signed in. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (viewer === null) throw new Error("Nobody is signed in here.");
  return viewer;
}

const RANK: Record<Role, number> = { VIEWER: 0, READER: 1, OPERATOR: 2, ADMIN: 3 };

/**
 * Whether who is signed in has at least that role. READER sees numbers and words unmasked, OPERATOR changes what runs,
 * ADMIN changes settings, keys, tokens and what concerns people's data.
 */
export function useMay(role: Role): boolean {
  return RANK[useViewer().role] >= RANK[role];
}
