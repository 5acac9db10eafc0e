import { useMe } from "../../api/get-me";
import { UsersPage } from "../../features/users/users-page";

export function UsersRoute() {
  const me = useMe();
  return me.data ? <UsersPage me={me.data} /> : null;
}
