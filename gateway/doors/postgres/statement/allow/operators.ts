/** Built-in operators that only compute; over plain values none of them tells more than the values do. */
export const OPERATORS: ReadonlySet<string> = new Set(
  `+ - * / % ^ |/ ||/ @ & | # ~ << >> = <> != < > <= >= || ~~ ~~* !~~ !~~* ~* !~ !~* ^@ && @> <@ -|- &< &>
   -> ->> #> #>> ? ?| ?& @? @@ #- <<= >>= <<| |>> &<| |&> <->`.split(/\s+/),
)
