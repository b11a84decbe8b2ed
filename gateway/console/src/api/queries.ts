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

import { ask, ChangeRefused, change, RequestFailed, type TypedDocument } from "./ask.ts";
import { TokenRefused } from "./request.ts";
import type { UserErrorPartsFragment } from "./user_error.graphql.ts";

const RETRIES = 2;

/** What is asked is asked again where no answer came, and never where the API itself refused it. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        !(error instanceof RequestFailed || error instanceof TokenRefused) && failures < RETRIES,
      placeholderData: keepPreviousData,
    },
    // An answer may hold a secret that is shown once: it goes with what showed it.
    mutations: { gcTime: 0 },
  },
});

type Options = { enabled?: boolean; refetchInterval?: number | false; refetchOnWindowFocus?: boolean };

type AnswerOptions<Result> = {
  enabled?: boolean;
  /** Asked anew so often, quietly: a number, or what it follows from the last answer. */
  refetchInterval?: UseQueryOptions<Result>["refetchInterval"];
};

/** The data of a query, kept and shared by its document and variables. */
export function useAnswer<Result, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  options: AnswerOptions<Result> = {},
) {
  return useQuery<Result>({
    queryKey: keyOf(document, variables),
    queryFn: ({ signal }) => ask(document, variables, signal),
    ...options,
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
  options: Options = {},
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

type ChangeOptions<Result> = { onDone?: (result: Result) => void };

/**
 * A mutation. `run` begins it; `errors` is what it said went wrong, until it is run again. Once it is done, all that
 * is shown is asked for anew.
 */
export function useChange<Result extends object, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  { onDone }: ChangeOptions<Result> = {},
) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: (variables: Variables) => change(document, variables),
    onSuccess: async (result) => {
      onDone?.(result);
      await client.invalidateQueries();
    },
  });
  return {
    run: (variables: Variables) => mutation.mutate(variables),
    runAsync: (variables: Variables) => mutation.mutateAsync(variables),
    isRunning: mutation.isPending,
    isDone: mutation.isSuccess,
    result: mutation.data,
    error: mutation.error,
    errors: mutation.error instanceof ChangeRefused ? mutation.error.errors : NONE,
    reset: mutation.reset,
  };
}

const NONE: readonly UserErrorPartsFragment[] = [];
