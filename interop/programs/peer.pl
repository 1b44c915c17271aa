# A peer over Perl's IO::Socket::SSL. What it is told, and what it does: see programs.sh.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::SSL;
use Net::SSLeay;

my ($role, %told) = (shift(@ARGV), map { split /=/, $_, 2 } @ARGV);

sub fact { print STDERR "fact $_[0]=$_[1]\n" }

# What the other end has still to say is read, as else it may not hear why we closed.
sub give_up {
    my ($tcp, $why) = @_;
    fact(ok => 'false');
    fact(error => $why =~ s/\n/ /gr);
    if ($tcp) {
        shutdown($tcp, 1);
        1 while sysread($tcp, my $rest, 1 << 16);
    }
    exit 1;
}

# ---- What is told, as options ----

# The RFCs' name of a suite as OpenSSL has it.
sub suite {
    my ($name) = @_;
    return (SSL_ciphersuites => $name) if $name !~ /_WITH_/;
    $name =~ s/^TLS_//;
    $name =~ s/_WITH_/-/;
    $name =~ s/AES_(\d+)/AES$1/;
    $name =~ s/POLY1305_SHA256/POLY1305/;
    $name =~ s/^RSA-//;
    $name =~ tr/_/-/;
    return (SSL_cipher_list => $name);
}

sub options {
    my $own = $role eq 'serve' ? '' : 'client_';
    my %version = ('1.2' => 'TLSv1_2', '1.3' => 'TLSv1_3');
    my %group = (x25519 => 'X25519', secp256r1 => 'P-256', secp384r1 => 'P-384', secp521r1 => 'P-521');
    my %options = (SSL_version => $version{$told{tls} // ''} // 'SSLv23:!SSLv3:!SSLv2:!TLSv1:!TLSv1_1');
    $options{SSL_ca_file} = $told{ca} if $told{ca};
    $options{SSL_alpn_protocols} = [split /,/, $told{alpn}] if $told{alpn};
    $options{SSL_ecdh_curve} = $group{$told{group}} if $told{group};
    $options{SSL_ecdh_curve} = 'P-521' if $told{hrr};
    if ($told{"${own}cert"}) {
        $options{SSL_use_cert} = 1;
        $options{SSL_cert_file} = $told{"${own}cert"};
        $options{SSL_key_file} = $told{"${own}key"};
    }
    return (%options, $told{suite} ? suite($told{suite}) : ());
}

sub say_facts {
    my ($tls) = @_;
    my %version = (TLSv1_2 => 'TLS 1.2', TLSv1_3 => 'TLS 1.3');
    fact(version => $version{$tls->get_sslversion});
    fact(alpn => $tls->alpn_selected // 'null');
    fact(resumed => $tls->get_session_reused ? 'true' : 'false');
    fact(server_name => $tls->get_servername // 'null') if $role eq 'serve';
    fact(peer_verified => $tls->peer_certificate ? 'true' : 'false');
}

# Reads some, or nothing at the end of the connection, which is to be one with close_notify if that is
# asked for. Without blocking, undef: what came, a ticket perhaps, is not for us.
sub hear {
    my ($tls) = @_;
    my $count = $tls->sysread(my $bytes, 1 << 14);
    return $bytes if $count;
    return undef if !defined $count && !$tls->blocking && $SSL_ERROR == SSL_WANT_READ;
    my $clean = Net::SSLeay::get_shutdown($tls->_get_ssl_object) & 2;
    give_up($tls, $SSL_ERROR || 'truncated') if !$clean && $told{strict};
    give_up($tls, $SSL_ERROR) if !defined $count && $SSL_ERROR =~ /alert/;
    return '';
}

sub utter {
    my ($tls, $bytes) = @_;
    for (my $from = 0; $from < length $bytes;) {
        my $count = $tls->syswrite($bytes, length($bytes) - $from, $from) or give_up($tls, $SSL_ERROR);
        $from += $count;
    }
}

# close_notify, and no more: what comes can still be read.
sub hang_up { Net::SSLeay::shutdown($_[0]->_get_ssl_object) }

# ---- Server and client ----

sub serve {
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $told{port}, Listen => 5, ReuseAddr => 1) or die "cannot listen: $!";
    my %verify = (request => SSL_VERIFY_PEER, require => SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    for (1 .. $told{connections}) {
        my $tcp = $listener->accept;
        my $tls = IO::Socket::SSL->start_SSL(
            $tcp, SSL_server => 1, SSL_verify_mode => $verify{$told{client_auth} // ''} // SSL_VERIFY_NONE,
            SSL_startHandshake => 0, options()) or give_up(undef, $SSL_ERROR);
        $tls->accept_SSL or give_up($tcp, $SSL_ERROR);
        say_facts($tls);
        while (length(my $bytes = hear($tls))) { utter($tls, $bytes) }
        hang_up($tls);
        $tls->close(SSL_fast_shutdown => 1);
        fact(ok => 'true');
    }
}

sub connect_ {
    my $tls = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $told{port}) or die "cannot connect: $!";
    IO::Socket::SSL->start_SSL(
        $tls, SSL_verify_mode => SSL_VERIFY_PEER, SSL_hostname => $told{sni}, SSL_verifycn_name => $told{sni},
        SSL_verifycn_scheme => 'http', SSL_startHandshake => 0, options()) or give_up(undef, $SSL_ERROR);
    $tls->connect_SSL or give_up($tls, $SSL_ERROR);
    say_facts($tls);
    my $sources = IO::Select->new($tls, \*STDIN);
    while (1) {
        my %ready = map { fileno($_) => 1 } $tls->pending ? $tls : $sources->can_read;
        if ($ready{fileno $tls}) {
            $tls->blocking(0);
            my $bytes = hear($tls) // next;
            last if !length $bytes;
            syswrite(STDOUT, $bytes);
        } elsif (sysread(STDIN, my $bytes, 1 << 14)) {
            $tls->blocking(1);
            utter($tls, $bytes);
        } else {
            $sources->remove(\*STDIN);
            hang_up($tls);
        }
    }
    fact(ok => 'true');
}

$role eq 'serve' ? serve() : connect_();
