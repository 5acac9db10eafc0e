// A real OpenID provider on loopback: node server.mjs '{"port": …, "redirect": "…", "accounts": {"ada": {"email": "…"}}}'
import Provider from "oidc-provider";

const { port, redirect, accounts } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    { client_id: "snellen", client_secret: "a client's secret: 100%+&?", redirect_uris: [redirect] },
    { client_id: "another", client_secret: "another secret", redirect_uris: [redirect] },
  ],
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username"],
    groups: ["groups"],
  },
  scopes: ["openid", "email", "profile", "groups"],
  // Its own pages for login and consent take any password.
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
  cookies: { keys: ["of the tests"] },
  async findAccount(_context, id) {
    return accounts[id] && { accountId: id, claims: async () => ({ sub: id, ...accounts[id] }) };
  },
});

provider.listen(port, "127.0.0.1", () => console.log(`ready ${issuer}`));
