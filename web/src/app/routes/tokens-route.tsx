import { useMe } from "../../api/get-me";
import { TokensPage } from "../../features/tokens/tokens-page";

export function TokensRoute() {
  const me = useMe();
  return me.data ? <TokensPage me={me.data} /> : null;
}
