/** Files of other tools that hold calibrations. Pure. */

export const FORMATS = [
  ["a2l", "A2L: COMPU_METHODs"],
  ["mdf", "MDF 4: conversions of channels"],
  ["xtce", "XTCE: parameters"],
  ["ni", "NI MAX: .ini"],
  ["tdms", "TDMS: NI_Scale"],
  ["epics", "EPICS: records and breakpoint tables"],
] as const;

export type FileFormat = (typeof FORMATS)[number][0];

const BY_ENDING: Record<string, FileFormat> = {
  a2l: "a2l",
  mf4: "mdf",
  mdf: "mdf",
  xml: "xtce",
  xtce: "xtce",
  ini: "ni",
  nce: "ni",
  tdms: "tdms",
  tdms_index: "tdms",
  db: "epics",
  dbd: "epics",
  data: "epics",
};

/** By the end of a file's name; null where it says nothing. */
export function formatOf(name: string): FileFormat | null {
  return BY_ENDING[name.toLowerCase().split(".").at(-1) ?? ""] ?? null;
}
