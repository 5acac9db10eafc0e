import { useNavigate } from "@tanstack/react-router";
import { NewSweepPage } from "../../features/new-sweep/new-sweep-page";

export function NewSweepRoute() {
  const navigate = useNavigate();
  return (
    <NewSweepPage onMade={(sweepId) => void navigate({ to: "/sweeps/$sweepId", params: { sweepId } })} />
  );
}
