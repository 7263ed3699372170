import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { newRouter } from "./router";
import { newCache, ServerProvider } from "./shell/data";
import { applyTheme } from "./shell/settings";
import "./ui/base.css";

applyTheme();
const place = document.getElementById("app");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={newCache()}>
        <ServerProvider>
          <RouterProvider router={newRouter()} />
        </ServerProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
