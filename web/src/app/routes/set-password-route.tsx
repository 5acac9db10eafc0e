import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { SetPasswordPage } from "../../features/set-password/set-password-page";

/** The code stands behind the `#`, which reaches no server; it leaves the address, so that no history keeps it. */
export function SetPasswordRoute() {
  const [code] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get("code"));
  const navigate = useNavigate();
  useEffect(() => {
    if (code !== null) void navigate({ to: "/set-password", hash: "", replace: true });
  }, [code, navigate]);
  return <SetPasswordPage code={code} onDone={() => void navigate({ to: "/" })} />;
}
