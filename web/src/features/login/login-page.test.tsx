import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { keys } from "../../api/keys";
import type { AuthMethods } from "../../api/types";
import LoginPage from "./login-page";

const USERS: AuthMethods = { mode: "users", password: true, token: true, oidc: null };

function show(methods: AuthMethods, ended = false) {
  const client = new QueryClient();
  client.setQueryData(keys.authMethods, methods);
  render(
    <QueryClientProvider client={client}>
      <MantineProvider env="test">
        <LoginPage ended={ended} />
      </MantineProvider>
    </QueryClientProvider>,
  );
}

it("asks for the token alone where there is one person", () => {
  show({ mode: "single", password: false, token: true, oidc: null });
  expect(screen.getByTestId("login-token")).toBeTruthy();
  expect(screen.queryByTestId("login-name")).toBeNull();
  expect(screen.queryByTestId("login-by-token")).toBeNull();
});

it("asks for name and password where there are accounts, and folds the token away", async () => {
  show(USERS);
  expect(screen.getByTestId("login-name").getAttribute("autocomplete")).toBe("username");
  expect(screen.getByTestId("login-password").getAttribute("autocomplete")).toBe("current-password");
  expect(screen.queryByTestId("login-token")).toBeNull();
  expect(screen.queryByTestId("login-oidc")).toBeNull();
  await userEvent.click(screen.getByTestId("login-by-token"));
  expect(screen.getByTestId("login-token")).toBeTruthy();
});

it("leads to the provider, and says where to come back to", () => {
  window.history.replaceState(null, "", "/jobs/3/logs?epoch=2");
  show({ ...USERS, oidc: { name: "Example SSO", start_url: "/api/v1/auth/oidc/start" } });
  const link = screen.getByRole("link", { name: "Continue with Example SSO" });
  expect(link.getAttribute("href")).toBe("/api/v1/auth/oidc/start?next=%2Fjobs%2F3%2Flogs%3Fepoch%3D2");
});

it("says so when a session has ended", () => {
  show(USERS, true);
  expect(screen.getByTestId("session-ended").textContent).toContain("go on where you were");
});
