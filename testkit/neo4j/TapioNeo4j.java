import java.nio.file.Path;
import java.util.Map;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.graphdb.GraphDatabaseService;

/**
 * A Neo4j Community server on Bolt. Arguments: home directory, configuration file in the format of neo4j.conf.
 * User and initial password come from the environment, so that neither shows up in a process list. A password
 * that the store already has stays.
 */
public final class TapioNeo4j {
  private TapioNeo4j() {}

  public static void main(String[] args) {
    try {
      var server =
          new DatabaseManagementServiceBuilder(Path.of(args[0])).loadPropertiesFromFile(Path.of(args[1])).build();
      Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
      admit(server.database("system"), System.getenv("TAPIO_NEO4J_USER"), System.getenv("TAPIO_NEO4J_PASSWORD"));
      System.out.println("tapio-neo4j: ready");
    } catch (Exception failure) {
      failure.printStackTrace();
      System.exit(1);
    }
  }

  private static void admit(GraphDatabaseService system, String user, String password) {
    if (!user.equals("neo4j")) {
      run(system, "CREATE USER $user IF NOT EXISTS SET PASSWORD $password CHANGE NOT REQUIRED", user, password);
      system.executeTransactionally("DROP USER neo4j IF EXISTS");
      return;
    }
    boolean fresh =
        system.executeTransactionally(
            "SHOW USERS YIELD user, passwordChangeRequired WHERE user = 'neo4j' AND passwordChangeRequired",
            Map.of(),
            rows -> rows.hasNext());
    if (fresh) run(system, "ALTER USER $user SET PASSWORD $password CHANGE NOT REQUIRED", user, password);
  }

  private static void run(GraphDatabaseService system, String statement, String user, String password) {
    system.executeTransactionally(statement, Map.of("user", user, "password", password));
  }
}
