import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * Puts one class file into a jar, as the `jar` tool of a JDK would. Arguments: the jar, the class file. Java shares
 * archived classes (CDS) only when everything on the class path is a jar.
 */
public final class MakeJar {
  private MakeJar() {}

  public static void main(String[] args) throws IOException {
    Path source = Path.of(args[1]);
    try (var jar = new JarOutputStream(Files.newOutputStream(Path.of(args[0])))) {
      jar.putNextEntry(new JarEntry(source.getFileName().toString()));
      Files.copy(source, jar);
    }
  }
}
