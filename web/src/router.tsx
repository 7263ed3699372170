/** The addresses of all pages. What a page shows stands in its address: day, filters, sorting. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, retainSearchParams } from "@tanstack/react-router";
import { isKindWord } from "./lib/entity";
import { Shell } from "./shell/Shell";
import { BrokenPage, UnknownPage } from "./shell/Unknown";

type Texts<Name extends string> = { [name in Name]?: string | undefined };

/** Texts of an address, by name; anything else is dropped. */
function texts<Name extends string>(names: readonly Name[]): (search: Record<string, unknown>) => Texts<Name> {
  return (search) => {
    const kept: Texts<Name> = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === "string" && value !== "") kept[name] = value;
    }
    return kept;
  };
}

const root = createRootRoute({
  validateSearch: texts<"at">(["at"]),
  search: { middlewares: [retainSearchParams(["at"])] },
  component: Shell,
  notFoundComponent: UnknownPage,
  errorComponent: BrokenPage,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/services", search, replace: true });
  },
});

/** The lists of the catalog, each at an address of its own. */
export const LISTS = ["services", "repositories", "teams", "people", "systems", "domains", "apis", "resources", "packages"] as const;

const lists = LISTS.map((path) =>
  createRoute({
    getParentRoute: () => root,
    path: `/${path}`,
    validateSearch: texts(["q", "sort", "columns", "group", "teams"]),
    component: lazyRouteComponent(() => import("./pages/catalog/CatalogPage")),
  }),
);

const entity = createRoute({
  getParentRoute: () => root,
  path: "/$kind/$",
  validateSearch: texts([
    "tab",
    "q",
    "doc",
    "facets",
    "version",
    "direct",
    "tree",
    "kind",
    "only",
    "sort",
    "team",
    "over",
    "owned",
    "way",
    "depth",
    "view",
  ]),
  component: lazyRouteComponent(() => import("./pages/entity/EntityPage")),
  params: {
    parse: ({ kind, _splat }) => ({ kind, _splat: _splat ?? "" }),
    stringify: ({ kind, _splat }) => ({ kind, _splat }),
  },
  beforeLoad: ({ params }) => {
    if (!isKindWord(params.kind)) throw redirect({ to: "/unknown/$", params: { _splat: `${params.kind}/${params._splat}` } });
  },
});

const unknown = createRoute({ getParentRoute: () => root, path: "/unknown/$", component: UnknownPage });

const event = createRoute({
  getParentRoute: () => root,
  path: "/event/$id",
  component: lazyRouteComponent(() => import("./pages/event/EventPage")),
});

const timeline = createRoute({
  getParentRoute: () => root,
  path: "/timeline",
  validateSearch: texts(["of", "team", "owned", "facets", "from", "to", "lanes", "q", "day", "lane"]),
  component: lazyRouteComponent(() => import("./pages/timeline/TimelinePage")),
});

const board = createRoute({
  getParentRoute: () => root,
  path: "/board",
  validateSearch: texts(["of", "period", "compare", "movers", "figure", "priority", "feature", "due", "wall"]),
  component: lazyRouteComponent(() => import("./pages/board/BoardPage")),
});

const reports = createRoute({
  getParentRoute: () => root,
  path: "/reports",
  validateSearch: texts(["report", "week", "of", "view"]),
  component: lazyRouteComponent(() => import("./pages/reports/ReportsPage")),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: texts(["from", "to", "of", "team", "facets", "q", "only", "hide"]),
  component: lazyRouteComponent(() => import("./pages/compare/ComparePage")),
});

const collectors = createRoute({
  getParentRoute: () => root,
  path: "/collectors",
  validateSearch: texts(["source"]),
  component: lazyRouteComponent(() => import("./pages/collectors/CollectorsPage")),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/signin",
  validateSearch: texts(["to"]),
  component: lazyRouteComponent(() => import("./pages/signin/SignInPage")),
});

const deployments = createRoute({
  getParentRoute: () => root,
  path: "/deployments",
  validateSearch: texts(["q", "environment", "drifting", "group", "cell", "results", "kind"]),
  component: lazyRouteComponent(() => import("./pages/deployments/DeploymentsPage")),
});

const clusters = createRoute({
  getParentRoute: () => root,
  path: "/clusters",
  validateSearch: texts(["q", "environment", "only"]),
  component: lazyRouteComponent(() => import("./pages/clusters/ClustersPage")),
});

/** The router; addresses hold plain texts, so that they can be read and typed. */
export function newRouter() {
  return createRouter({
    routeTree: root.addChildren([
      home,
      ...lists,
      entity,
      unknown,
      event,
      timeline,
      board,
      reports,
      compare,
      deployments,
      clusters,
      collectors,
      signIn,
    ]),
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const parameters = new URLSearchParams();
      for (const [name, value] of Object.entries(search)) {
        if (typeof value === "string" && value !== "") parameters.set(name, value);
      }
      // What need not be escaped stays readable: owner:payments, a/b.
      const text = parameters.toString().replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",");
      return text === "" ? "" : `?${text}`;
    },
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
