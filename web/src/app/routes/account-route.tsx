import { useMe } from "../../api/get-me";
import { AccountPage } from "../../features/account/account-page";

export function AccountRoute() {
  const me = useMe();
  return me.data ? <AccountPage me={me.data} /> : null;
}
