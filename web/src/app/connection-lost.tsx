import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useHealth } from "../api/get-health";
import { keys } from "../api/keys";
import { t } from "../lib/i18n";
import classes from "./shell.module.css";

/** Says that the server is gone while it is; once it is back, everything that is shown is asked for anew. */
export function ConnectionLost() {
  const { isError } = useHealth();
  const client = useQueryClient();
  const wasLost = useRef(false);
  useEffect(() => {
    if (wasLost.current && !isError) {
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.health[0] });
    }
    wasLost.current = isError;
  }, [isError, client]);
  return isError ? (
    <div className={classes.lost} role="alert" data-testid="connection-lost">
      {t("error.connectionLost")}
    </div>
  ) : null;
}
