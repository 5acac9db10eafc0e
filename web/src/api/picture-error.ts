/** Why a picture could not be shown, in the server's words; empty if it has none. An `img` can't tell. */
export async function pictureError(url: string): Promise<string> {
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    if (response.ok) return "";
    const body = (await response.json()) as { detail?: unknown };
    return typeof body.detail === "string" ? body.detail : "";
  } catch {
    return "";
  }
}
