/** Uploads by the tus protocol; the client for it is loaded when the first one is near. */
import { apiPath } from "./client";

const CHUNK_BYTES = 32 * 1024 * 1024;
const RETRY_AFTER_MS = [0, 1000, 3000, 5000, 10_000];
const ENDPOINT = apiPath("/datasets/uploads");

const loadTus = () => import("tus-js-client");

export interface UploadEvents {
  /** The server has `sent` bytes of `total`. */
  onProgress: (sent: number, total: number) => void;
  onDone: (uploadId: string) => void;
  onError: (error: Error) => void;
}

export interface RunningUpload {
  /** Whether it goes on with what an earlier visit sent. */
  resumed: boolean;
  pause: () => Promise<void>;
  resume: () => void;
  /** Ends it for good and lets the server forget what it has. */
  cancel: () => Promise<void>;
}

/** Start to upload `file`, from where an unfinished upload of the same file stopped. */
export async function uploadFile(file: File, events: UploadEvents): Promise<RunningUpload> {
  const tus = await loadTus();
  const upload = new tus.Upload(file, {
    endpoint: ENDPOINT,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_AFTER_MS,
    metadata: { filename: file.name, filetype: file.type },
    removeFingerprintOnSuccess: true,
    onProgress: events.onProgress,
    onSuccess: () => events.onDone(idOf(upload.url)),
    onError: (error) => events.onError(toError(error)),
  });
  const [earlier] = await upload.findPreviousUploads();
  if (earlier) upload.resumeFromPreviousUpload(earlier);
  upload.start();
  return {
    resumed: earlier !== undefined,
    pause: () => upload.abort(),
    resume: () => upload.start(),
    cancel: () => upload.abort(true),
  };
}

export interface UnfinishedUpload {
  name: string;
  size: number | null;
  forget: () => Promise<void>;
}

/** What this browser began to upload and didn't finish. */
export async function findUnfinishedUploads(): Promise<UnfinishedUpload[]> {
  const tus = await loadTus();
  const { urlStorage } = tus.defaultOptions;
  const found = await urlStorage.findAllUploads();
  return found.map(({ metadata, size, uploadUrl, urlStorageKey }) => ({
    name: metadata.filename ?? "",
    size,
    forget: async () => {
      await urlStorage.removeUpload(urlStorageKey);
      // The server may have forgotten it before.
      if (uploadUrl) await tus.Upload.terminate(uploadUrl).catch(() => undefined);
    },
  }));
}

const idOf = (url: string | null): string => decodeURIComponent(url?.split("/").pop() ?? "");

/** The server's own words, if it answered. */
function toError(error: Error): Error {
  const response =
    "originalResponse" in error ? (error.originalResponse as { getBody(): string } | null) : null;
  try {
    const body = JSON.parse(response?.getBody() ?? "") as { detail?: unknown };
    return typeof body.detail === "string" ? new Error(body.detail) : error;
  } catch {
    return error;
  }
}
