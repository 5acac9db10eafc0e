#!/usr/bin/env perl
# A training without any SDK: it reads files of the job folder and writes files there, in Perl and with nothing but what
# comes with Perl. It learns where the objects of each class usually are, and predicts them there in every image.
use strict;
use warnings;
use Compress::Zlib qw(compress crc32);
use Fcntl qw(O_APPEND O_CREAT O_WRONLY);
use File::Path qw(make_path);
use JSON::PP;
use Time::HiRes qw(time);

my $folder = $ENV{SNELLEN_JOB_FOLDER} or die "SNELLEN_JOB_FOLDER is not set: expected the path of a job folder\n";
my $json   = JSON::PP->new->canonical;    # text stays the bytes that it is, in UTF-8, when it is read and written
my $job    = $json->decode(read_file("$folder/job.json"));
die "task: this program does detection, the job's task is $job->{task}\n" if $job->{task} ne 'detection';
die "dataset: the job has none; choose one when you create it\n" unless $job->{dataset};
my $rate    = $job->{params}{rate} // 0.1;
my $classes = @{ $job->{dataset}{class_names} };
my @train   = labels_of('train');
my @val     = labels_of('val');

# What is learned: of each class the mean box (centre and size, in parts of the image) and in how many images it is.
my $state = { epoch => 0, mean => [ map { [ 0.5, 0.5, 0.5, 0.5 ] } 1 .. $classes ], share => [ (0.5) x $classes ] };
if ( defined $job->{resume_from} ) {
    $state = eval { $json->decode( read_file("$folder/$job->{resume_from}") ) };
    die "the checkpoint $job->{resume_from} can't be read; start the training anew\n" unless $state && $state->{mean};
    print "going on after epoch $state->{epoch}\n";
}

for my $epoch ( $state->{epoch} + 1 .. $job->{epochs} ) {
    my ( $loss, $told ) = ( 0, time );
    for my $number ( 1 .. @train ) {
        $loss += learn( $train[ $number - 1 ] ) / @train;
        if ( time - $told > 0.5 ) {
            my $done = { epoch => $epoch, epochs => $job->{epochs}, fraction => $number / @train, phase => 'train' };
            event( progress => $done );
            $told = time;
        }

        # "now" in the file: the epoch is not finished, the checkpoint of the one before it stays.
        exit 0 if -s "$folder/stop" && read_file("$folder/stop") =~ /^now/;
    }
    $state->{epoch} = $epoch;
    event( metrics => { step => $epoch, epoch => $epoch, values => { 'train/loss' => $loss, lr => $rate } } );

    # The result is the body of POST /validation/jobs/{id}/results. A truth of its own it needs only without a dataset.
    my @results = map { +{ image_name => $_->{image}, predicted_boxes => predicted($_) } } @val;
    my $result  = { metrics => { 'val/loss' => mean_error(@val) }, image_results => \@results };
    write_whole( sprintf( 'predictions/epoch-%06d.json', $epoch ), $json->encode($result) );

    my $plot = sprintf 'plots/epoch-%06d/where.png', $epoch;
    write_whole( $plot, picture() );
    event( artifact => { kind => 'plot', name => 'where.png', path => $plot, epoch => $epoch } );

    # A name of its own for each: who stores the copy may do so while the next epoch is trained.
    my $checkpoint = sprintf 'checkpoints/last-%06d.json', $epoch;
    write_whole( $checkpoint, $json->encode($state) );
    event( artifact => { kind => 'checkpoint', name => 'last.json', path => $checkpoint, epoch => $epoch } );
    print "epoch $epoch: loss $loss\n";
    exit 0 if -e "$folder/stop";
}

# One step towards the objects of an image; returns how far they were from what was expected.
sub learn {
    my ($image) = @_;
    my ( $error, %here ) = (0);
    for my $object ( @{ $image->{objects} } ) {
        my ( $class, @box ) = @$object;
        $error += distance( $class, @box );
        $state->{mean}[$class][$_] += $rate * ( $box[$_] - $state->{mean}[$class][$_] ) for 0 .. 3;
        $here{$class} = 1;
    }
    $state->{share}[$_] += $rate * ( ( $here{$_} // 0 ) - $state->{share}[$_] ) for 0 .. $classes - 1;
    return $error;
}

# The usual box of each class, in pixels from the top left, with the share of images that have the class as its score.
sub predicted {
    my ($image) = @_;
    my ( $width, $height ) = @{ $image->{size} };
    return [
        map {
            my ( $x, $y, $w, $h ) = @{ $state->{mean}[$_] };
            my @box = ( ( $x - $w / 2 ) * $width, ( $y - $h / 2 ) * $height, $w * $width, $h * $height );
            +{ class_id => $_, bbox => \@box, confidence => $state->{share}[$_] }
        } 0 .. $classes - 1
    ];
}

sub mean_error {
    my $sum = 0;
    $sum += distance(@$_) for map { @{ $_->{objects} } } @_;
    return $sum / ( @_ || 1 );
}

sub distance {
    my ( $class, @box ) = @_;
    my $sum = 0;
    $sum += ( $box[$_] - $state->{mean}[$class][$_] )**2 for 0 .. 3;
    return $sum;
}

# dataset/images/SPLIT/NAME.png has its objects in dataset/labels/SPLIT/NAME.txt: class, centre and size a line.
sub labels_of {
    my ($split) = @_;
    my @found;
    opendir my $images, "$folder/dataset/images/$split" or die "dataset: it has no images/$split: $!\n";
    for my $file ( sort grep { !/^\./ } readdir $images ) {
        my $name    = "images/$split/$file";
        my $text    = read_file( "$folder/dataset/labels/$split/" . $file =~ s/\.[^.]+$/.txt/r );
        my @objects = map { [ map { $_ + 0 } split ] } split /\n/, $text;
        push @found, { image => $name, size => size_of("$folder/dataset/$name"), objects => \@objects };
    }
    die "dataset: no images in dataset/images/$split\n" unless @found;
    return @found;
}

# Width and height of a PNG or a JPEG, from its header. (An EXIF rotation would turn them round.)
sub size_of {
    my ($path) = @_;
    my $data = read_file($path);
    return [ unpack 'x16NN', $data ] if substr( $data, 1, 3 ) eq 'PNG';
    for ( my $at = 2 ; $at + 9 < length $data ; ) {
        my ( $marker, $length, undef, $height, $width ) = unpack "x$at xCnCnn", $data;
        return [ $width, $height ] if $marker >= 0xC0 && $marker <= 0xCF && $marker !~ /^(196|200|204)$/;
        $at += 2 + $length;
    }
    die "$path: this program reads PNG and JPEG\n";
}

# One event is one line and one write at the end of the journal, so that several programs may write there.
sub event {
    my ( $type, $fields ) = @_;
    my $line = $json->encode( { type => $type, time => int( time * 1000 ), %$fields } ) . "\n";
    sysopen my $journal, "$folder/events.jsonl", O_WRONLY | O_APPEND | O_CREAT or die "events.jsonl: $!\n";
    syswrite $journal, $line;
    close $journal;
}

# Under another name first: a reader sees the whole file or none.
sub write_whole {
    my ( $name, $data ) = @_;
    my ( $place, $last ) = "$folder/$name" =~ m{^(.*)/([^/]+)$};
    make_path($place);
    open my $file, '>:raw', "$place/.$last" or die "$name: $!\n";
    print {$file} $data or die "$name: $!\n";
    close $file or die "$name: $!\n";
    rename "$place/.$last", "$place/$last" or die "$name: $!\n";
}

sub read_file {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

# A PNG of 64 x 64 grey pixels: the brighter, the more classes are usually there.
sub picture {
    my $rows = '';
    for my $row ( 0 .. 63 ) {
        $rows .= "\0";
        for my $column ( 0 .. 63 ) {
            my $sum = 0;
            for my $class ( 0 .. $classes - 1 ) {
                my ( $x, $y, $w, $h ) = @{ $state->{mean}[$class] };
                my $inside = abs( $column / 64 - $x ) < $w / 2 && abs( $row / 64 - $y ) < $h / 2;
                $sum += $state->{share}[$class] if $inside;
            }
            $rows .= chr( $sum > 1 ? 255 : int( 255 * $sum ) );
        }
    }
    my $head = pack 'NNCCCCC', 64, 64, 8, 0, 0, 0, 0;
    return "\x89PNG\r\n\x1a\n" . join '',
      map { my ( $type, $data ) = @$_; pack( 'N', length $data ) . $type . $data . pack( 'N', crc32( $type . $data ) ) }
      [ IHDR => $head ], [ IDAT => compress($rows) ], [ IEND => '' ];
}
