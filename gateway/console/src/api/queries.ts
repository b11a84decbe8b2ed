import {
  type InfiniteData,
  keepPreviousData,
  QueryClient,
  type QueryKey,
  type UseQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { ask, ChangeRefused, change, RequestFailed, type TypedDocument } from "./ask.ts";
import { notify } from "./notices.ts";
import { TokenRefused } from "./request.ts";
import type { UserErrorPartsFragment } from "./user_error.graphql.ts";

const RETRIES = 2;

/**
 * What is asked is asked again where no answer came, and never at once where the API itself refused it. Whether the
 * server can be reached is for a request to find: it may be on a machine that has no other network.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always",
      staleTime: 5_000,
      retry: (failures, error) =>
        !(error instanceof RequestFailed || error instanceof TokenRefused) && failures < RETRIES,
      placeholderData: keepPreviousData,
    },
    // An answer may hold a secret that is shown once: it goes with what showed it.
    mutations: { gcTime: 0, networkMode: "always" },
  },
});

type Options = { enabled?: boolean; refetchInterval?: number | false; refetchOnWindowFocus?: boolean };

/** In how long to ask again for what could not be answered for now; null where that is not why. */
export const heldOff = (error: Error | null): number | null =>
  error instanceof RequestFailed && error.retryAfter !== null ? error.retryAfter * 1_000 : null;

export type AnswerOptions<Result> = {
  enabled?: boolean;
  /** Asked anew so often, quietly: a number, or what it follows from the last answer. */
  refetchInterval?: UseQueryOptions<Result>["refetchInterval"];
};

/** The data of a query, kept and shared by its document and variables. `how`: as `ask` does, or otherwise. */
export function useAnswer<Result, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  { refetchInterval: every, ...options }: AnswerOptions<Result> = {},
  how: typeof ask<Result, Variables> = ask,
) {
  return useQuery<Result>({
    queryKey: keyOf(document, variables),
    queryFn: ({ signal }) => how(document, variables, signal),
    ...options,
    refetchInterval: (query) =>
      heldOff(query.state.error) ?? (typeof every === "function" ? every(query) : every),
  });
}

/** Asks for what `useAnswer` of the same will want: what was asked a moment ago is not asked again. */
export function askAhead<Result, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
): void {
  void queryClient.prefetchQuery({
    queryKey: keyOf(document, variables),
    queryFn: ({ signal }) => ask(document, variables, signal),
  });
}

export const keyOf = <Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
): QueryKey => [document.toString(), variables];

export type Connection<Row> = {
  edges: readonly { node: Row }[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
  totalCount?: number | null;
};

/**
 * The rows of a connection, page by page: `rows` are those that were asked for so far, `more` asks for the next
 * page where `hasMore`. The operation takes `after`; `of` finds the connection in its answer.
 */
export function useRows<Result, Variables extends { after?: string | null }, Row>(
  document: TypedDocument<Result, Variables>,
  variables: Omit<Variables, "after">,
  of: (result: Result) => Connection<Row> | null | undefined,
  { refetchInterval: every = false, ...options }: Options = {},
) {
  const client = useQueryClient();
  const queryKey = [document.toString(), variables];
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      ask(document, { ...variables, after: pageParam } as Variables, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => {
      const page = of(last)?.pageInfo;
      return page?.hasNextPage ? (page.endCursor ?? null) : null;
    },
    ...options,
    refetchInterval: (query) => heldOff(query.state.error) ?? every,
  });
  const pages = query.data?.pages.map(of) ?? [];

  function restart() {
    client.setQueryData<InfiniteData<Result, string | null>>(
      queryKey,
      (all) => all && { pages: all.pages.slice(0, 1), pageParams: all.pageParams.slice(0, 1) },
    );
    void query.refetch();
  }

  return {
    rows: pages.flatMap((page) => page?.edges.map((edge) => edge.node) ?? []),
    total: pages[0]?.totalCount ?? null,
    first: query.data?.pages[0],
    isPending: query.isPending,
    isStale: query.isPlaceholderData,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    refetch: () => void query.refetch(),
    pageCount: pages.length,
    /** Back to the first page, asked for anew. */
    restart,
  };
}

type ChangeOptions<Result> = {
  /** Called if who asked for it is still there to see it. */
  onDone?: (result: Result) => void;
  /** What to say where they are not, and what was to be shown to them is lost. */
  onLeft?: (result: Result) => string | null;
};

/**
 * A mutation. `run` begins it, once however often it is asked for meanwhile; `errors` is what it said went wrong, until
 * it is run again. Once it is done, all that is shown is asked for anew, which nobody waits for: a long list takes a
 * request for each of its pages. It goes on where one leaves; what then goes
 * wrong is said wherever one is.
 */
export function useChange<Result extends object, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  { onDone, onLeft }: ChangeOptions<Result> = {},
) {
  const client = useQueryClient();
  const isHere = useRef(false);
  const underWay = useRef(new Map<string, Promise<Result>>());

  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);

  const mutation = useMutation({
    mutationFn: (variables: Variables) => change(document, variables),
    onSuccess: (result) => {
      if (isHere.current) onDone?.(result);
      else say("You left before this was done", onLeft?.(result), "amber");
      void client.invalidateQueries();
    },
    onError: (error) => {
      // It may be refused for what somebody else did, which is not shown yet.
      if (error instanceof ChangeRefused) void client.invalidateQueries();
      if (isHere.current || error instanceof TokenRefused) return;
      say("What you asked for before you left was not done", error.message, "red");
    },
  });

  function runAsync(variables: Variables): Promise<Result> {
    const asked = JSON.stringify(variables);
    const begun =
      underWay.current.get(asked) ??
      mutation.mutateAsync(variables).finally(() => underWay.current.delete(asked));
    underWay.current.set(asked, begun);
    return begun;
  }

  return {
    run: (variables: Variables) => void runAsync(variables).catch(() => {}),
    runAsync,
    isRunning: mutation.isPending,
    isDone: mutation.isSuccess,
    result: mutation.data,
    error: mutation.error,
    errors: mutation.error instanceof ChangeRefused ? mutation.error.errors : NONE,
    reset: mutation.reset,
  };
}

const NONE: readonly UserErrorPartsFragment[] = [];

function say(title: string, message: string | null | undefined, color: string) {
  if (message) notify({ title, message, color, autoClose: false });
}
