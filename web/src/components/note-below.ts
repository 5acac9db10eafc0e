/** Notes stand below their fields, so that fields beside one another stay in line. */
export const NOTE_BELOW: { inputWrapperOrder: ("label" | "input" | "error" | "description")[] } = {
  inputWrapperOrder: ["label", "input", "error", "description"],
};
