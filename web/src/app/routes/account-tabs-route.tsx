import { Outlet } from "@tanstack/react-router";
import { useMe } from "../../api/get-me";
import { AccountTabs } from "../../features/account/account-tabs";

export function AccountTabsRoute() {
  const me = useMe();
  if (!me.data) return null;
  return (
    <>
      <AccountTabs me={me.data} />
      <Outlet />
    </>
  );
}
