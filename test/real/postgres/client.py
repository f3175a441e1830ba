"""psycopg 3, unchanged: client.py PORT SECRET, the token in PGPASSWORD. A line a check: `ok TAB sentence` or `no TAB sentence TAB detail`."""
import sys

import psycopg

port, secret = sys.argv[1:]


def check(sentence, holds, detail=""):
    print("\t".join(["ok", sentence] if holds else ["no", sentence, repr(detail)[:300]]))


def refused(connection, sentence, statement, parameters=None, code="42501"):
    try:
        rows = connection.execute(statement, parameters).fetchall()
        check(sentence, False, rows)
    except psycopg.Error as error:
        told = str(error)
        check(sentence, error.sqlstate == code and "TW_" in told and secret not in told, (error.sqlstate, told))


def masked(rows):
    text = repr(rows)
    return secret not in text and "customer-" not in text and "[masked:" in text


ROW = "SELECT id, trace_id, customer, input, attributes FROM spans WHERE id = %s"

with psycopg.connect(host="127.0.0.1", port=port, user="anybody", dbname="postgres", autocommit=True) as c:
    check("signs in by token and learns of a PostgreSQL 18", c.info.server_version // 10000 == 18, c.info.server_version)

    rows = c.execute(ROW, (2,)).fetchall()
    check("a parameter finds its row", [r[:2] for r in rows] == [(2, "t2")], rows)
    check("hidden, content and JSON values of it are masked", masked(rows), rows)
    check("what nobody hides in JSON stays", rows[0][4]["model"] == "m-1", rows)

    rows = [c.execute(ROW, (i,), prepare=True).fetchone() for i in range(3, 12)]
    check("a prepared statement answers nine times, masked", [r[0] for r in rows] == list(range(3, 12)) and masked(rows), rows)

    with c.cursor(binary=True) as cursor:
        rows = cursor.execute("SELECT id, trace_id, start_time, customer, attributes FROM spans WHERE id = ANY(%s)", ([5, 6],)).fetchall()
        binary = all(cursor.description[i].type_code for i in range(5)) and cursor.pgresult.fformat(0) == 1
        check("binary results are binary", binary and [r[0] for r in rows] == [5, 6] and rows[0][2].year == 2026, rows)
        check("and masked", masked(rows), rows)

    with c.transaction(), c.cursor(name="far") as cursor:
        cursor.itersize = 7
        rows = list(cursor.execute("SELECT id, trace_id, customer, input FROM spans ORDER BY id"))
        check("a server-side cursor gives all rows in parts, masked", [r[0] for r in rows] == list(range(1, 41)) and masked(rows), rows[:2])

    with c.pipeline() as pipeline:
        asked = [c.execute(ROW, (i,)) for i in (7, 8, 9)]
        pipeline.sync()
        rows = [each.fetchone() for each in asked]
    check("pipeline mode keeps order and masks", [r[0] for r in rows] == [7, 8, 9] and masked(rows), rows)

    count = c.execute("SELECT count(*), max(start_time) FROM spans WHERE id < 10").fetchone()
    check("aggregates of plain columns are what they are", count[0] == 9, count)

    refused(c, "a condition on content is refused", "SELECT id FROM spans WHERE input LIKE %s", ("%AKIA%",))
    refused(c, "an expression over a hidden column is refused", "SELECT upper(customer) FROM spans")
    refused(c, "an order by a hidden column is refused", "SELECT id FROM spans ORDER BY customer")
    refused(c, "a write is refused", "DELETE FROM spans WHERE id = 1", code="25006")
    check("the session goes on after refusals", c.execute("SELECT 1").fetchone() == (1,))

    try:
        with c.pipeline():
            fine = c.execute("SELECT id FROM spans WHERE id = 1")
            c.execute("SELECT length(customer) FROM spans")
            late = c.execute("SELECT input FROM spans WHERE id = 1")
        check("a refusal inside a pipeline is an error", False)
    except psycopg.Error as error:
        check("a refusal inside a pipeline is an error", error.sqlstate == "42501", error.sqlstate)
    check("and the session goes on", c.execute("SELECT id FROM spans WHERE id = 4").fetchone() == (4,))

try:
    psycopg.connect(host="127.0.0.1", port=port, user="anybody", dbname="postgres", password="twt_" + "wrong").close()
    check("a wrong token is refused", False)
except psycopg.OperationalError as error:
    check("a wrong token is refused", "token" in str(error).lower(), error)
print("end")
