# interop/programs/java.sh: what the peers over Peer.java have in common.
# shellcheck shell=sh disable=SC2034,SC2154
# shellcheck source=programs.sh
. "$INTEROP/programs/programs.sh"

# java_run OPTION...: without what pays in long runs only.
java_run() { java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "$@"; }

# prepare_java CLASSPATH OPTION...: compiles, which needs no JDK, as a runtime has the compiler as a module; then an archive
# of all classes that a connection needs, which halves what a start costs.
prepare_java() {
    older peer.jsa "$INTEROP/programs/Peer.java" "$(readlink -f "$(command -v java)")" || return 0
    path=$1
    shift
    java -m jdk.compiler/com.sun.tools.javac.Main -d . "$INTEROP/programs/Peer.java" &&
        java -m jdk.jartool/sun.tools.jar.Main --create --file peer.jar ./*.class &&
        java_run -XX:ArchiveClassesAtExit=peer.jsa.tmp -cp "$path" "$@" Peer train "cert=$PKI/server-ecdsa-p256.pem" \
            "key=$PKI/server-ecdsa-p256.key" "ca=$PKI/ca.pem" "sni=$HOST" connections=1 && mv peer.jsa.tmp peer.jsa
}

# launch_java CLASSPATH OPTION...
launch_java() {
    path=$1
    shift
    launch_told java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:SharedArchiveFile="$PREP/peer.jsa" -cp "$path" "$@" Peer
}
