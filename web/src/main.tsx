import "@mantine/core/styles.css";
import "./app/tokens.css";
import "./app/global.css";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { askWho, client } from "./app/ahead";
import { Providers } from "./app/providers";
import { router } from "./app/router";
import { language } from "./lib/language";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

document.documentElement.lang = language;

askWho();
createRoot(root).render(
  <StrictMode>
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>
  </StrictMode>,
);
