import { ApiError } from "../../api/client";
import { Notice } from "../../components/notice";
import { RichText } from "../../components/rich-text";
import { formatDuration } from "../../lib/format";
import { t } from "../../lib/i18n-people";

interface Props {
  error: Error | null;
  /** For what is not known: one text, whichever part of it is wrong. */
  wrong: string;
  /** Seconds until another try is taken. */
  pause: number;
}

/** Why a login did not work. */
export function LoginFault({ error, wrong, pause }: Props) {
  if (!error) return null;
  return (
    <Notice tone="bad" testId="login-fault">
      <p>
        <RichText text={textOf(error, wrong, pause)} />
      </p>
    </Notice>
  );
}

function textOf(error: Error, wrong: string, pause: number): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.code === "unreachable") return t("error.unreachable");
  if (error.status === 401) return wrong;
  if (error.status === 429) {
    return pause > 0
      ? t("login.tooMany", { duration: formatDuration(pause * 1000) })
      : t("login.tooManyOver");
  }
  return error.detail;
}
