import java.sql.*;
import java.util.*;

/** The JDBC driver, unchanged, as BI tools use it: Client PORT SECRET, the token in PGPASSWORD. Prints what client.py does. */
public class Client {
  static String secret;

  static void check(String sentence, boolean holds, Object detail) {
    String told = String.valueOf(detail).replace('\n', ' ').replace('\t', ' ');
    System.out.println(holds ? "ok\t" + sentence : "no\t" + sentence + "\t" + told);
  }

  static List<List<Object>> all(ResultSet result) throws SQLException {
    try (result) {
      List<List<Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) row.add(result.getObject(i));
        rows.add(row);
      }
      return rows;
    }
  }

  static boolean masked(Object rows) {
    String text = rows.toString();
    return !text.contains(secret) && !text.contains("customer-") && text.contains("[masked:");
  }

  interface Asked {
    List<List<Object>> run() throws SQLException;
  }

  static void refused(String sentence, Asked asked) {
    try {
      check(sentence, false, asked.run());
    } catch (SQLException e) {
      check(sentence, "42501".equals(e.getSQLState()) && e.getMessage().contains("TW_") && !e.getMessage().contains(secret),
          e.getSQLState() + " " + e.getMessage());
    }
  }

  static Set<Object> column(List<List<Object>> rows, int at) {
    Set<Object> seen = new LinkedHashSet<>();
    for (List<Object> row : rows) seen.add(row.get(at));
    return seen;
  }

  public static void main(String[] args) throws Exception {
    secret = args[1];
    Properties properties = new Properties();
    properties.put("user", "anybody");
    properties.put("password", System.getenv("PGPASSWORD"));
    try (Connection c = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + args[0] + "/postgres", properties)) {
      prepared(c);
      fetched(c);
      metadata(c);
      refused("a condition on content is refused", () -> all(c.createStatement().executeQuery("SELECT id FROM spans WHERE input LIKE '%AKIA%'")));
      refused("an expression over a hidden column is refused in a prepared statement", () -> {
        PreparedStatement s = c.prepareStatement("SELECT coalesce(customer, ?) FROM spans");
        s.setString(1, "none");
        return all(s.executeQuery());
      });
      check("the session goes on after refusals", all(c.createStatement().executeQuery("SELECT 1")).size() == 1, "");
    }
    System.out.println("end");
  }

  static void prepared(Connection c) throws SQLException {
    // From the fifth execution on the driver names the statement and asks for binary results.
    try (PreparedStatement s = c.prepareStatement("SELECT id, trace_id, start_time, customer, input, attributes FROM spans WHERE id = ?")) {
      List<List<Object>> rows = new ArrayList<>();
      for (int i = 1; i <= 9; i++) {
        s.setInt(1, i);
        rows.addAll(all(s.executeQuery()));
      }
      check("a prepared statement answers nine times", column(rows, 0).equals(Set.of(1, 2, 3, 4, 5, 6, 7, 8, 9)), rows);
      check("each of them masked", rows.stream().allMatch(Client::masked), rows);
      check("times are times", rows.get(8).get(2) instanceof Timestamp, rows.get(8));
      ResultSetMetaData shape = s.getMetaData();
      check("its metadata name columns and types", shape.getColumnCount() == 6 && shape.getColumnName(4).equals("customer")
          && shape.getColumnTypeName(6).equals("jsonb") && s.getParameterMetaData().getParameterType(1) == Types.INTEGER,
          shape.getColumnCount());
      check("and the table they are of", shape instanceof org.postgresql.PGResultSetMetaData m && m.getBaseTableName(4).equals("spans"), "");
    }
  }

  static void fetched(Connection c) throws SQLException {
    c.setAutoCommit(false);
    try (Statement s = c.createStatement()) {
      s.setFetchSize(7);
      List<List<Object>> rows = all(s.executeQuery("SELECT id, trace_id, customer FROM spans ORDER BY id"));
      check("fetchSize gives all rows in parts, masked", rows.size() == 40 && masked(rows), rows.size());
    }
    c.commit();
    c.setAutoCommit(true);
  }

  static void metadata(Connection c) throws SQLException {
    DatabaseMetaData m = c.getMetaData();
    check("the server is a PostgreSQL 18", m.getDatabaseMajorVersion() == 18, m.getDatabaseProductVersion());
    List<List<Object>> tables = all(m.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"}));
    check("getTables", column(tables, 2).contains("spans"), tables);
    List<List<Object>> columns = all(m.getColumns(null, "public", "spans", "%"));
    check("getColumns", column(columns, 3).equals(Set.of("id", "trace_id", "start_time", "customer", "input", "attributes", "model")), columns);
    check("getPrimaryKeys", column(all(m.getPrimaryKeys(null, "public", "spans")), 3).equals(Set.of("id")), "");
    check("getSchemas", column(all(m.getSchemas()), 0).contains("public"), "");
    check("getIndexInfo", !all(m.getIndexInfo(null, "public", "spans", false, true)).isEmpty(), "");
    check("getImportedKeys", all(m.getImportedKeys(null, "public", "spans")).isEmpty(), "");
    check("getTypeInfo", !all(m.getTypeInfo()).isEmpty(), "");
    List<List<Object>> report = all(c.createStatement().executeQuery("SELECT model, count(*) AS n, date_trunc('day', start_time) AS day FROM spans GROUP BY 1, 3 ORDER BY 2 DESC"));
    check("a report of groups", report.size() == 2, report);
  }
}
