#!/usr/bin/perl
# Net::Stomp (Debian's libnet-stomp-perl) against one port, or two of which one serves.
#
#   net_stomp.pl basic PORT
#   net_stomp.pl failover PORT PORT      prints "ready", waits for a line, goes on against the other
use strict;
use warnings;
use Net::Stomp;

my ($mode, @ports) = @ARGV;
$| = 1;
my $failed = 0;

sub check {
    my ($name, $right) = @_;
    print(($right ? 'ok' : 'FAILED'), " perl: $name\n");
    $failed = 1 unless $right;
}

sub connected {
    my (%headers) = @_;
    my $stomp = Net::Stomp->new({
        hosts => [map { { hostname => '127.0.0.1', port => $_ } } @ports],
        initial_reconnect_attempts => 100, reconnect_attempts => 100, connect_delay => 1,
    });
    my $frame = $stomp->connect({ login => 'x', passcode => 'y', %headers });
    die 'no CONNECTED: ' . $frame->as_string unless $frame->command eq 'CONNECTED';
    return $stomp;
}

# The next message, within some seconds.
sub next_message {
    my ($stomp, $seconds) = @_;
    return undef unless $stomp->can_read({ timeout => $seconds // 10 });
    return $stomp->receive_frame;
}

if ($mode eq 'basic') {
    my $stomp = connected('client-id' => 'perl-client');
    check('version 1.0 is spoken', $stomp->session_id eq 'perl-client');
    my $queue = '/queue/perl.basic';
    $stomp->subscribe({ destination => $queue, ack => 'client', 'activemq.prefetchSize' => 1 });
    $stomp->send({ destination => $queue, body => "body $_", persistent => 'true', number => $_ }) for 1 .. 3;
    for my $number (1 .. 3) {
        my $frame = next_message($stomp);
        check("message $number", $frame && $frame->body eq "body $number" && $frame->headers->{number} eq $number);
        $stomp->ack({ frame => $frame }) if $frame;
    }
    check('nothing more', !next_message($stomp, 0.3));
    # Net::Stomp takes the next frame for the receipt, so nothing may be subscribed to meanwhile.
    $stomp->unsubscribe({ destination => $queue });
    check('send_with_receipt', $stomp->send_with_receipt({ destination => $queue, body => 'confirmed' }));
    check('send_transactional', $stomp->send_transactional({ destination => $queue, body => 'in a transaction' }));
    $stomp->subscribe({ destination => $queue, ack => 'client' });
    for my $body ('confirmed', 'in a transaction') {
        my $frame = next_message($stomp);
        check("the message $body", $frame && $frame->body eq $body);
        $stomp->ack({ frame => $frame }) if $frame;
    }
    $stomp->unsubscribe({ destination => $queue });
    my $binary = join '', map { chr } 0 .. 255;
    $stomp->subscribe({ destination => '/queue/perl.binary', ack => 'auto' });
    $stomp->send({ destination => '/queue/perl.binary', body => $binary, bytes_message => 1 });
    my $frame = next_message($stomp);
    check('bytes with NULs', $frame && $frame->body eq $binary);
    $stomp->subscribe({ destination => '/temp-queue/answers', ack => 'auto' });
    $stomp->send({ destination => '/queue/perl.binary', body => 'question', 'reply-to' => '/temp-queue/answers' });
    $frame = next_message($stomp);
    $stomp->send({ destination => $frame->headers->{'reply-to'}, body => 'answer' }) if $frame;
    $frame = next_message($stomp);
    check('an answer to a temporary queue', $frame && $frame->body eq 'answer');
    $stomp->disconnect;
} elsif ($mode eq 'failover') {
    my $stomp = connected();
    my $queue = '/queue/perl.failover';
    check('sent before', $stomp->send_with_receipt({ destination => $queue, body => 'before', persistent => 'true' }));
    print "ready\n";
    <STDIN>;
    check('sent after', $stomp->send_with_receipt({ destination => $queue, body => 'after', persistent => 'true' }));
    $stomp->subscribe({ destination => $queue, ack => 'client' });
    my @bodies;
    while (my $frame = next_message($stomp, @bodies ? 1 : 10)) {
        push @bodies, $frame->body;
        $stomp->ack({ frame => $frame });
    }
    my %seen = map { $_ => 1 } @bodies;
    check('nothing is lost over the failover', $seen{before} && $seen{after});
    $stomp->disconnect;
} else {
    die "unknown mode $mode";
}
exit $failed;
