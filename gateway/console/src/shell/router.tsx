import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";

import { fetched } from "../api/code.ts";
import { accountSearch, newAccountSearch } from "../pages/accounts/search.ts";
import { consentImportSearch } from "../pages/consent-import/search.ts";
import { deliverySearch } from "../pages/deliveries/search.ts";
import { eventSearch } from "../pages/events/search.ts";
import { inboxSearch } from "../pages/inbox/search.ts";
import { editorSearch, mappingsSearch } from "../pages/mappings/search.ts";
import { askOverviewAhead } from "../pages/overview/ahead.ts";
import { overviewSearch } from "../pages/overview/search.ts";
import { peopleSearch, personSearch } from "../pages/people/search.ts";
import { auditSearch, jobsSearch, openSearch, webhooksSearch } from "../pages/settings/search.ts";
import { Crashed, NotThere } from "./Fallbacks.tsx";
import { Frame } from "./Frame.tsx";

/** A page whose code comes when it is first gone to, which the router would else load anew in a browser without a server. */
const page: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => fetched(load), name);

// A place each, whose first part the server knows too (gateway/console/pages.py). What a page shows is in its address:
// `validateSearch` of its folder says what that may be.
const root = createRootRoute({ component: Frame, notFoundComponent: NotThere, errorComponent: Crashed });

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: overviewSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => askOverviewAhead(deps.period),
  component: page(() => import("../pages/overview/Overview.tsx"), "Overview"),
});

const deliveries = createRoute({
  getParentRoute: () => root,
  path: "/deliveries",
  validateSearch: deliverySearch,
  component: page(() => import("../pages/deliveries/Deliveries.tsx"), "Deliveries"),
});

const delivery = createRoute({
  getParentRoute: () => root,
  path: "/deliveries/$id",
  component: page(() => import("../pages/deliveries/DeliveryPage.tsx"), "DeliveryPage"),
});

const people = createRoute({
  getParentRoute: () => root,
  path: "/people",
  validateSearch: peopleSearch,
  component: page(() => import("../pages/people/People.tsx"), "People"),
});

const person = createRoute({
  getParentRoute: () => root,
  path: "/people/$id",
  validateSearch: personSearch,
  component: page(() => import("../pages/people/Person.tsx"), "Person"),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: eventSearch,
  component: page(() => import("../pages/events/Events.tsx"), "Events"),
});

const event = createRoute({
  getParentRoute: () => root,
  path: "/events/$id",
  component: page(() => import("../pages/events/EventPage.tsx"), "EventPage"),
});

const mappings = createRoute({
  getParentRoute: () => root,
  path: "/mappings",
  validateSearch: mappingsSearch,
  component: page(() => import("../pages/mappings/Mappings.tsx"), "Mappings"),
});

const newMapping = createRoute({
  getParentRoute: () => root,
  path: "/mappings/new",
  validateSearch: editorSearch,
  component: page(() => import("../pages/mappings/NewMapping.tsx"), "NewMapping"),
});

const mapping = createRoute({
  getParentRoute: () => root,
  path: "/mappings/$id",
  validateSearch: editorSearch,
  component: page(() => import("../pages/mappings/EditMapping.tsx"), "EditMapping"),
});

const accounts = createRoute({
  getParentRoute: () => root,
  path: "/accounts",
  component: page(() => import("../pages/accounts/Accounts.tsx"), "Accounts"),
});

const newAccount = createRoute({
  getParentRoute: () => root,
  path: "/accounts/new",
  validateSearch: newAccountSearch,
  component: page(() => import("../pages/accounts/NewAccount.tsx"), "NewAccount"),
});

const account = createRoute({
  getParentRoute: () => root,
  path: "/accounts/$id",
  validateSearch: accountSearch,
  component: page(() => import("../pages/accounts/Account.tsx"), "Account"),
});

const inbox = createRoute({
  getParentRoute: () => root,
  path: "/inbox",
  validateSearch: inboxSearch,
  component: page(() => import("../pages/inbox/Inbox.tsx"), "Inbox"),
});

const consentImport = createRoute({
  getParentRoute: () => root,
  path: "/consent-import",
  validateSearch: consentImportSearch,
  component: page(() => import("../pages/consent-import/ConsentImport.tsx"), "ConsentImport"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/sources" });
  },
});

const sources = createRoute({
  getParentRoute: () => root,
  path: "/settings/sources",
  validateSearch: openSearch,
  component: page(() => import("../pages/settings/Sources.tsx"), "Sources"),
});

const tokens = createRoute({
  getParentRoute: () => root,
  path: "/settings/tokens",
  component: page(() => import("../pages/settings/Tokens.tsx"), "Tokens"),
});

const webhooks = createRoute({
  getParentRoute: () => root,
  path: "/settings/webhooks",
  validateSearch: webhooksSearch,
  component: page(() => import("../pages/settings/Webhooks.tsx"), "Webhooks"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/settings/audit",
  validateSearch: auditSearch,
  component: page(() => import("../pages/settings/Audit.tsx"), "Audit"),
});

const jobs = createRoute({
  getParentRoute: () => root,
  path: "/settings/jobs",
  validateSearch: jobsSearch,
  component: page(() => import("../pages/settings/Jobs.tsx"), "Jobs"),
});

const moving = createRoute({
  getParentRoute: () => root,
  path: "/settings/import",
  component: page(() => import("../pages/settings/Import.tsx"), "Import"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    deliveries,
    delivery,
    people,
    person,
    events,
    event,
    mappings,
    newMapping,
    mapping,
    accounts,
    newAccount,
    account,
    inbox,
    consentImport,
    settings,
    sources,
    tokens,
    webhooks,
    audit,
    jobs,
    moving,
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
